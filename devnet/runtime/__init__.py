"""Where nodes run: child processes or containers, behind one seam."""
