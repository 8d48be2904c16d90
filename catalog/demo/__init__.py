"""The demonstration union: small data files of facts, and the builder that puts them in by the product's own import.

`build` makes it and `facts` tells who and what is in it (both in build.py). The data files hold bare facts of real
books (title, author, publisher, year, ISBN), classes that we assigned, places shaped like the real Deqing county with
invented addresses and numbers, and invented people. Nothing here is used outside the demonstration.
"""
