"""What happens because time passes: jobs, and a clock that ticks them; what is owed stands in the database."""
