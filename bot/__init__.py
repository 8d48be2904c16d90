"""The conversation: from a patron's words to the library and back."""
