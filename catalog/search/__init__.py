"""The right book out, whatever was typed or heard: sounds, index and ranking; a search never touches the database."""

from catalog.search.asking import Found, Hit, Query
from catalog.search.browsing import Walk, kinds
from catalog.search.index import Index, SearchError

__all__ = ["Found", "Hit", "Index", "Query", "SearchError", "Walk", "kinds"]
