"""Mathematics of who brought whom: plain numpy, no Django, no database.

``referring`` finds each person's one bringer, ``forest`` measures the trees that come of it, ``patterns`` says what sort of
tree each is; ``sharing``, ``betweenness`` and ``communities`` measure graphs that are no trees.
"""
