"""What every other room needs: errors, specs, progress, logs, memory, text, caches and the number of usable cores.

In: plain values. Out: plain values. This room imports no other room.
"""
