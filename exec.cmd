@rem The root npm scripts start with exec, a builtin of POSIX shells. On Windows npm runs this file instead.
@%*
