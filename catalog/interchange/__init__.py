"""Records in, whatever they are written in: ISO 2709, MARCXML, CSV and its kin, XLSX, ISO 20775, OAI-PMH.

For every caller (bot/cli/catalogue.py, the demonstration):

    from catalog.interchange.importing import ImportReport, Options, Reject, import_file

    report = import_file(
        sessions,                  # sessionmaker[Session]; import_file commits by itself, a batch at a time
        Path("books.tsv"),
        library="DQ",              # OrgUnit.code of the library the items belong to, or None: the union
        format="auto",             # auto | marc | marcxml | csv | xlsx | holdings
        now=now, by=Actor("system"),
        options=Options(),         # encoding, columns, places, states: what an operator may say of a file
        on_reject=lambda reject: None,   # Reject(file: str, position: int, reason: str), one sentence
        on_left_out=lambda one: None,    # LeftOut: an item that was left out of a record that came in
        progress=lambda done, total: None,  # bytes read, bytes in all
    )                              # → ImportReport(file, read, created, merged, updated, rejected, deleted, …)

    read: records in the file · created: new records · merged: a record the union had, unchanged
    updated: the same, and something of it changed · deleted: its library has it no more
    rejected: left out, each told to on_reject

The way of a record: iso2709, marcxml, tables, holdings or harvesting read it; sources keeps it as it came; batches
describes it (marc with the field maps, describing for values) and hands it to catalog.records.adding.

Columns of tables (CSV, TSV, semicolons, XLSX), in any order, by these headings or Chinese ones (columns.json):
title subtitle volume original author publisher year isbn language clc votes tags (a|b|c) format number (the library's
own) library (the home's OrgUnit.code) location (the code of where it is now) barcode call_number status narrator url
duration. A title alone is a record. A row without a title that names a record by number or ISBN, and a barcode, is a
line of an item list. A row with a barcode, or with a library or location of its own, is an item as well; without a
barcode one is made from the library's code and the record. A row with a url is an audiobook with a Recording (url,
narrator, duration as h:mm:ss or seconds), open to everyone unless a column open_access says no.

A file that cannot be read at all raises `Unreadable` (one sentence for people). After an import the search index is
brought up to date by catalog.search.writing.update(sessions, path), which import_file does not do.
This package knows what MARC and CSV look like; what makes two records one is decided in catalog.records.
"""
