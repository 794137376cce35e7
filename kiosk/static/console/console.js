// Comforts of the console; every page works without them.
