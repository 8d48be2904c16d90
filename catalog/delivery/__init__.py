"""Books brought to the door and fetched from there: requests, rounds, volunteers."""
