"""The sample company: a seeded story of appliances and food, told as intake records."""
