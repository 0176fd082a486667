"""The ground floor: database, access, audit, policy, files, jobs, clock, words and documents."""
