"""Memory: one catalogue of everything the swarm has read or made, and several ways to search it.

catalogue     items with their passages: put, found, forgotten, whole or not at all
postings      the lexical index, in tables, exact BM25
vectors       the semantic index
links         the graph of who mentions whom
strategies    lexical, semantic, hybrid, folders, graph: all asked in one shape, (query, k) -> passages
"""
