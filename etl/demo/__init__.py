"""An invented district with the shape of a real one, made from a seed into the files that offices have.

The door is `etl.demo.making.make`. Nothing here touches the database: the files go through the loaders like anybody's.
The truth about every report lies beside them in `truth/`, so that each later measure can be taken against it.
"""
