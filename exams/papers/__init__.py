"""Papers (试卷): blueprints, drawing, who may sit."""
