/** True only if the kernel says that the process does not exist; /proc alone may hide processes of other users. */
export function hasNoProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
