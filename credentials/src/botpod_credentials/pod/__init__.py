"""The process beside the bot: it takes the credentials from Vault, so that they are in no Secret.

The operator decides which version the pods shall have and which one is to be tried; it never sees a value.
The values are in files in memory, swapped as the kubelet swaps a Secret's, and the bot reads them there.
"""
