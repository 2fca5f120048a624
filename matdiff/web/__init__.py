"""A page in the browser: ``session`` answers what it asks, ``server`` serves it here, ``page/`` is the page."""
