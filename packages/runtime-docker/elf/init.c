/*
 * Docker gives a container that joins another's network the other's host name, and refuses one of its own. A warm sandbox is older than its pod's
 * name. So the first process of such a container is this program, which waits for the right name and then becomes the real command:
 *
 *   init HOSTNAME COMMAND [ARGUMENT...]   in the container, bind-mounted at /dev/wherry-init, with the user and rights of the real command
 *   init --name PID HOSTNAME              on the host, as root: sets the name, and returns once PID is the real command (0) or has ended (3);
 *                                         2 = not permitted, 4 = it took too long
 *
 * A command that cannot be run is told in /dev/wherry-start, in the words of runc; the exit code is the shell's (126, 127). As with runc, what fails
 * after the file was found (a wrong format, a missing interpreter) is told on standard error, and exits with 1.
 */
#include "sys.h"

enum { ENOENT = 2, ENOTDIR = 20, S_IFMT = 0170000, S_IFDIR = 0040000, CLONE_NEWUTS = 0x04000000, PATH_MAX = 4096 };

/* How long to wait for a name (then go on without), and for the command to begin. */
enum { POLL_NANOS = 100 * 1000, WAIT_POLLS = 10 * 10000 };

struct utsname { char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65]; };

/* The compiler may call it for initialisers. */
void *memset(void *to, int value, unsigned long n) {
  volatile char *p = to;
  while (n--) *p++ = value;
  return to;
}

static unsigned long length(const char *s) {
  unsigned long n = 0;
  while (s[n]) n++;
  return n;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static void pause_a_little(void) {
  long time[2] = {0, POLL_NANOS};
  sys(SYS_nanosleep, (long)time, 0, 0, 0);
}

static int look(const char *path, struct stat *st) {
  return (int)sys(SYS_newfstatat, AT_FDCWD, (long)path, (long)st, 0);
}

struct text { char bytes[PATH_MAX + 256]; unsigned long used; };

static void add(struct text *t, const char *s) {
  for (; *s && t->used < sizeof t->bytes - 1; s++) t->bytes[t->used++] = *s;
  t->bytes[t->used] = 0;
}

static void wait_for_name(const char *name) {
  struct utsname u;
  for (int i = 0; i < WAIT_POLLS; i++) {
    if (sys(SYS_uname, (long)&u, 0, 0, 0) < 0 || same(u.nodename, name)) return;
    pause_a_little();
  }
}

/* What went wrong, as in: exec: "foo": executable file not found in $PATH */
static void refuse(const char *command, const char *detail, const char *reason, int code) {
  struct text t;
  long fd = sys(SYS_openat, AT_FDCWD, (long)"/dev/wherry-start", O_WRONLY | O_CLOEXEC, 0);
  t.used = 0;
  add(&t, "exec: \"");
  add(&t, command);
  add(&t, "\": ");
  add(&t, detail);
  add(&t, reason);
  if (fd >= 0) sys(SYS_write, fd, (long)t.bytes, t.used, 0);
  quit(code);
}

static const char *search_path(char **env) {
  for (; *env; env++) {
    const char *e = *env;
    if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=') return e + 5;
  }
  return "";
}

static int has_slash(const char *s) {
  for (; *s; s++)
    if (*s == '/') return 1;
  return 0;
}

static int runnable(const struct stat *st) {
  return (st->st_mode & S_IFMT) != S_IFDIR && (st->st_mode & 0111);
}

/* The file that `command` means; does not return when there is none. */
static void resolve(struct text *file, const char *command, char **env) {
  struct stat st;
  file->used = 0;
  if (has_slash(command)) {
    add(file, command);
    int error = look(command, &st);
    if (error < 0) {
      struct text detail;
      detail.used = 0;
      add(&detail, "stat ");
      add(&detail, command);
      if (error == -ENOENT) refuse(command, detail.bytes, ": no such file or directory", 127);
      if (error == -ENOTDIR) refuse(command, detail.bytes, ": not a directory", 126);
      refuse(command, detail.bytes, ": permission denied", 126);
    }
    if ((st.st_mode & S_IFMT) == S_IFDIR) refuse(command, "", "is a directory", 126);
    if (!runnable(&st)) refuse(command, "", "permission denied", 126);
    return;
  }
  for (const char *path = search_path(env); *command && *path;) {
    file->used = 0;
    while (*path && *path != ':' && file->used < PATH_MAX) file->bytes[file->used++] = *path++;
    if (file->used == 0) file->bytes[file->used++] = '.';
    file->bytes[file->used++] = '/';
    add(file, command);
    if (look(file->bytes, &st) == 0 && runnable(&st)) return;
    if (*path == ':') path++;
  }
  refuse(command, "", "executable file not found in $PATH", 127);
}

static const char *reason_of(long error) {
  switch (-error) {
    case 1: return "operation not permitted";
    case 2: return "no such file or directory";
    case 7: return "argument list too long";
    case 8: return "exec format error";
    case 12: return "cannot allocate memory";
    case 20: return "not a directory";
    case 26: return "text file busy";
    default: return "input/output error";
  }
}

static void become(char **command, char **env) {
  struct text file, message;
  resolve(&file, command[0], env);
  long error = sys(SYS_execve, (long)file.bytes, (long)command, (long)env, 0);
  if (error == -13) refuse(command[0], "", "permission denied", 126);
  message.used = 0;
  add(&message, "exec ");
  add(&message, file.bytes);
  add(&message, ": ");
  add(&message, reason_of(error));
  add(&message, "\n");
  sys(SYS_write, 2, (long)message.bytes, message.used, 0);
  quit(1);
}

static void process_file(struct text *t, const char *pid, const char *name) {
  t->used = 0;
  add(t, "/proc/");
  add(t, pid);
  add(t, name);
}

/* Docker says that a container has started a little before the process is `init`: until then it is still the runtime's own program. */
static void set_name(const char *pid, const char *name) {
  struct text path;
  struct stat mine, theirs;
  struct utsname u;
  int named = 0;
  process_file(&path, pid, "/ns/uts");
  long fd = sys(SYS_openat, AT_FDCWD, (long)path.bytes, O_CLOEXEC, 0);
  if (fd < 0) quit(3);
  if (sys(SYS_setns, fd, CLONE_NEWUTS, 0, 0) < 0 || look("/proc/self/exe", &mine) < 0) quit(2);
  process_file(&path, pid, "/exe");
  for (int i = 0; i < WAIT_POLLS; i++) {
    if (look(path.bytes, &theirs) < 0) quit(3);
    int waiting = theirs.st_dev == mine.st_dev && theirs.st_ino == mine.st_ino;
    if (!waiting && (named || (sys(SYS_uname, (long)&u, 0, 0, 0) == 0 && same(u.nodename, name)))) quit(0);
    if (waiting && !named && sys(SYS_sethostname, (long)name, length(name), 0, 0) < 0) quit(2);
    named |= waiting;
    pause_a_little();
  }
  quit(4);
}

__attribute__((used)) void start(long *stack) {
  long count = stack[0];
  char **args = (char **)(stack + 1);
  if (count == 4 && same(args[1], "--name")) set_name(args[2], args[3]);
  if (count < 3) quit(2);
  wait_for_name(args[1]);
  become(args + 2, args + count + 1);
}
