"""Pure rules of appraisal: indicators, scores, grades and their consequences."""
