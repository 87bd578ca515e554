"""The credentials as they are now: values for those who need them, digests for everybody else."""
