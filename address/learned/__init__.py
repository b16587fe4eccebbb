"""What a site may train from its own labelled files: a tagger of elements, a judge of pairs, a reranker (pure).

Promise: nothing here is needed to match an address. A model is one file of plain arrays with a readable head; loading
one runs no code from it.
"""
