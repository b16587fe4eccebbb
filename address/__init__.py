"""Addresses: the unified code, the gazetteer, reading what people write, and matching it to a code.

Promise: every addressable place has one permanent code; a match says why and how sure; a tie and "not found" are
answers, and a number that does not exist climbs to what is known instead of hopping to a neighbour.
The door is `address.service`; who lives there is not known here.
"""
