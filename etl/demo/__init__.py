"""An invented district 旌原区 in files, so that every promise can be tried without a real person in it.

`etl.demo.making.make(out, scale=…, seed=…, until=…)` writes the files; `layouts` says, header by header, what
stands in them. The loaders read them like any office's files: nothing is inserted around them.
"""
