"""`ucf doctor`: checks of the machine, the installed packages and everything under `UCF_HOME`.

In: the store's folder. Out: a list of findings.
"""
