"""Goals: real ones, each with a workspace and a machine that looks at the result, by grade."""
