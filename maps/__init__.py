"""Everything that is drawn: tiles, heat pictures, legends, and the map files handed on.

The room promises that no picture holds a name or a raw point, that counts too small for a wider circle do not leave
it, that a colour means the same count wherever it is seen within one period, and that every picture says its unit,
its period and its time. It decides nothing and writes nothing. Other rooms call `maps.service`; a notebook may call
`maps.heatmap.heat_map` directly.
"""
