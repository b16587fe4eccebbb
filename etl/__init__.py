"""Files in and out: what a file is, row by row into the rooms, and a balance that adds up.

Promise: read = accepted + repeated + rejected, to the row; the same file twice changes nothing; a load that was
killed goes on where it stopped. The door is `etl.service`.
"""
