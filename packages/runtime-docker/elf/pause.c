/*
 * Holds a pod's namespaces open. As process 1 of a shared PID namespace it reaps orphans. Ends at SIGTERM and SIGINT: both are blocked and waited for,
 * because process 1 has no default action for a signal.
 */
#include "sys.h"

enum { SIG_BLOCK = 0, SIGINT = 2, SIGTERM = 15, SIGCHLD = 17, WNOHANG = 1 };

__attribute__((used)) void start(long *stack) {
  unsigned long signals = 1ul << (SIGINT - 1) | 1ul << (SIGTERM - 1) | 1ul << (SIGCHLD - 1);
  (void)stack;
  sys(SYS_rt_sigprocmask, SIG_BLOCK, (long)&signals, 0, sizeof signals);
  for (;;) {
    long signal = sys(SYS_rt_sigtimedwait, (long)&signals, 0, 0, sizeof signals);
    if (signal == SIGINT || signal == SIGTERM) quit(0);
    while (sys(SYS_wait4, -1, 0, WNOHANG, 0) > 0) continue;
  }
}
