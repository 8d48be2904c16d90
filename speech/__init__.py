"""Sound to text and back; knows nothing of libraries or channels."""
