"""Python as people write it, read by an abstract interpreter: nothing is executed.

`source` parses, `machine` goes through the statements and `expressions` through what they compute; arrays are
`values.Array`, whose every change is a node of a trace. `library` says what the functions of NumPy mean, `supply` draws
what a script does not tell of its data.
"""
