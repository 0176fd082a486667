"""Training, management and appraisal of people's mediators (人民调解员)."""
