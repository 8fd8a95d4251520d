"""Pictures: axes, colours and marks, drawn as SVG or as PNG.

`canvas` says what can be drawn; `svg` and `png` draw it, each in its own form and to
the same places. `frame` draws what every plot has: its ground, axes and labels.
"""
