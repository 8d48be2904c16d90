"""The dialogue: from what was meant, and where the talk stands, to the use case and the reply. No words stand here."""
