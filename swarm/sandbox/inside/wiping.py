"""Wiping what a call has left, whatever its depth and modes: by moving up, for recursion could be made to fail."""

import os
import stat

# pathlib would cost every run the time of its import
# ruff: noqa: PTH101, PTH104, PTH106, PTH108


def wipe(folders: list[str]) -> bool:
    """Empty these folders, which stay; False if something could not be removed."""
    os.chdir("/")
    return all([_wipe(folder) for folder in folders])


def _wipe(root: str) -> bool:
    todo, count = [root], 0
    try:
        while todo:
            folder = todo.pop()
            with os.scandir(folder) as listed:
                entries = list(listed)
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                if stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode) & 0o700 != 0o700:
                    os.chmod(entry.path, 0o700)
                if folder == root:
                    todo.append(entry.path)
                    continue
                count += 1
                moved = f"{root}/.wiped-{os.getpid()}-{count}"
                os.rename(entry.path, moved)
                todo.append(moved)
            if folder != root:
                os.rmdir(folder)
    except FileNotFoundError:
        return not os.path.lexists(root)
    except OSError:
        return False
    return True
