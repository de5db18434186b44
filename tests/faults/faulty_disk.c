/* A disk that fails: put before the C library (LD_PRELOAD), it counts what a program does to the files under one folder,
 * and at a chosen point lets it fail, tears it, kills the process, or lets the whole folder vanish. It can also move the
 * clock. Everything is off until fault_arm or fault_clock is called.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { WRITES = 1, LOCKS = 2, READS = 4 };          /* what is counted */
enum { ONCE = 1, STAYS = 2, KILL = 3, GONE = 4 };   /* what happens at the point; 0: it is only counted */

static char folder[4096];
static size_t length;
static long point, counted;
static int error, mode, counting, struck, halved;
static char ours[65536], passing[65536], unsynced[65536]; /* by the number of an open file */
static long clock_off;

void fault_arm(const char *under, long at, int code, int how, int what) {
    strncpy(folder, under, sizeof folder - 1);
    length = strlen(folder);
    point = at, error = code, mode = how, counting = what, counted = 0, struck = 0, halved = 0;
}
long fault_count(void) { return counted; }
/* How many open files hold writes that a cut of the power would take: none of them was followed by a sync. */
int fault_unsynced(void) {
    int found = 0;
    for (size_t fd = 0; fd < sizeof unsynced; fd++) found += unsynced[fd];
    return found;
}
void fault_clock(long seconds) { clock_off = seconds; }

static int is_ours(const char *path) { return length && path && strncmp(path, folder, length) == 0; }
static int fd_ours(int fd) { return fd >= 0 && fd < (int)sizeof ours && ours[fd]; }
static int gone(void) { return mode == GONE && struck; }

/* Count one call; return whether it shall fail. */
static int strikes(int kind) {
    if (!(counting & kind)) return gone();
    counted++;
    if (counted == point) {
        struck = 1;
        if (mode == KILL) kill(getpid(), SIGKILL);
        return mode != 0;
    }
    return struck && (mode == STAYS || mode == GONE);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define FAIL(code) do { errno = (code); return -1; } while (0)

static int opened(int fd, const char *path) {
    if (fd >= 0 && fd < (int)sizeof ours) {
        ours[fd] = is_ours(path), unsynced[fd] = 0;
        /* The index of the log is made anew after a crash; a lock holds nothing. */
        passing[fd] = ours[fd] && (strstr(path + length, "-shm") || strstr(path + length, ".lock"));
    }
    return fd;
}

static int opening(const char *name, int at, const char *path, int flags, mode_t bits) {
    static int (*real)(int, const char *, int, ...);
    if (!real) real = dlsym(RTLD_NEXT, "openat64");
    (void)name;
    if (is_ours(path)) {
        if (gone()) FAIL(ENOENT);
        if (flags & O_CREAT) { if (strikes(WRITES)) FAIL(error); }
        else if (strikes(READS)) FAIL(gone() ? ENOENT : error);
    }
    return opened(real(at, path, flags, bits), path);
}

#define BITS mode_t bits = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); bits = va_arg(list, mode_t); va_end(list); }
int open(const char *path, int flags, ...) { BITS return opening("open", AT_FDCWD, path, flags, bits); }
int open64(const char *path, int flags, ...) { BITS return opening("open64", AT_FDCWD, path, flags, bits); }
int openat(int at, const char *path, int flags, ...) { BITS return opening("openat", at, path, flags, bits); }
int openat64(int at, const char *path, int flags, ...) { BITS return opening("openat64", at, path, flags, bits); }

int close(int fd) {
    REAL(int, "close", int);
    if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = unsynced[fd] = 0;
    return real(fd);
}

/* A full disk takes a part of a write before it takes nothing; a process that is killed leaves a part of one. */
static size_t part(size_t size) {
    if (size < 2 || !(counting & WRITES) || counted + 1 != point) return size;
    if (mode == KILL && point % 2) return size / 2;
    if ((mode == ONCE || mode == STAYS) && error == ENOSPC && !halved) { halved = 1; point++; return size / 2; }
    return size;
}

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!fd_ours(fd)) return real(fd, data, size);
    unsynced[fd] = !passing[fd];
    size_t some = part(size);
    if (some < size) {
        ssize_t done = real(fd, data, some);
        if (mode == KILL) kill(getpid(), SIGKILL);
        counted++;
        return done;
    }
    if (strikes(WRITES)) FAIL(gone() ? EIO : error);
    return real(fd, data, size);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (!fd_ours(fd)) return real(fd, data, size, at);
    unsynced[fd] = !passing[fd];
    size_t some = part(size);
    if (some < size) {
        ssize_t done = real(fd, data, some, at);
        if (mode == KILL) kill(getpid(), SIGKILL);
        counted++;
        return done;
    }
    if (strikes(WRITES)) FAIL(gone() ? EIO : error);
    return real(fd, data, size, at);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t read(int fd, void *data, size_t size) {
    REAL(ssize_t, "read", int, void *, size_t);
    if (fd_ours(fd) && strikes(READS)) FAIL(gone() ? EIO : error);
    return real(fd, data, size);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
    if (fd_ours(fd) && strikes(READS)) FAIL(gone() ? EIO : error);
    return real(fd, data, size, at);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) { return pread64(fd, data, size, at); }

int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    if (fd_ours(fd) && strikes(WRITES)) FAIL(gone() ? EIO : error);
    return real(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int posix_fallocate64(int fd, off64_t from, off64_t size) {
    REAL(int, "posix_fallocate64", int, off64_t, off64_t);
    if (fd_ours(fd) && strikes(WRITES)) return gone() ? EIO : error;
    return real(fd, from, size);
}
int posix_fallocate(int fd, off_t from, off_t size) { return posix_fallocate64(fd, from, size); }

/* What is written here need not outlive the machine, so that the disk is not waited for: the kernel keeps what a killed
 * process wrote. */
static int flushing(int fd) {
    if (fd_ours(fd) && strikes(WRITES)) FAIL(gone() ? EIO : error);
    if (fd_ours(fd)) unsynced[fd] = 0;
    return 0;
}
int fsync(int fd) { return flushing(fd); }
int fdatasync(int fd) { return flushing(fd); }
int syncfs(int fd) { return flushing(fd); }
void sync(void) { strikes(WRITES); } /* it cannot say that it failed */

#define ON_PATH(name, parameters, path, arguments) int name parameters { \
    static int (*real) parameters; if (!real) real = dlsym(RTLD_NEXT, #name); \
    if (is_ours(path) && strikes(WRITES)) FAIL(gone() ? ENOENT : error); \
    return real arguments; }
ON_PATH(unlink, (const char *path), path, (path))
ON_PATH(unlinkat, (int at, const char *path, int flags), path, (at, path, flags))
ON_PATH(rmdir, (const char *path), path, (path))
ON_PATH(mkdir, (const char *path, mode_t bits), path, (path, bits))
ON_PATH(rename, (const char *from, const char *to), to, (from, to))
ON_PATH(renameat, (int a, const char *from, int b, const char *to), to, (a, from, b, to))
ON_PATH(link, (const char *from, const char *to), to, (from, to))
ON_PATH(linkat, (int a, const char *from, int b, const char *to, int flags), to, (a, from, b, to, flags))

#define ASKED(name, parameters, path, arguments) int name parameters { \
    static int (*real) parameters; if (!real) real = dlsym(RTLD_NEXT, #name); \
    if (is_ours(path) && gone()) FAIL(ENOENT); \
    return real arguments; }
ASKED(stat, (const char *path, struct stat *found), path, (path, found))
ASKED(stat64, (const char *path, struct stat64 *found), path, (path, found))
ASKED(lstat, (const char *path, struct stat *found), path, (path, found))
ASKED(lstat64, (const char *path, struct stat64 *found), path, (path, found))
ASKED(fstatat, (int at, const char *path, struct stat *found, int flags), path, (at, path, found, flags))
ASKED(fstatat64, (int at, const char *path, struct stat64 *found, int flags), path, (at, path, found, flags))
ASKED(access, (const char *path, int how), path, (path, how))

static int locking(int fd, int command, void *what) {
    REAL(int, "fcntl64", int, int, ...);
    int lock = command == F_SETLK || command == F_SETLKW || command == F_GETLK;
    /* Letting go of a lock is never refused. */
    if (lock && fd_ours(fd) && !(what && ((struct flock *)what)->l_type == F_UNLCK) && strikes(LOCKS))
        FAIL(gone() ? EIO : error);
    return real(fd, command, what);
}
int fcntl(int fd, int command, ...) {
    va_list list; va_start(list, command); void *what = va_arg(list, void *); va_end(list);
    return locking(fd, command, what);
}
int fcntl64(int fd, int command, ...) {
    va_list list; va_start(list, command); void *what = va_arg(list, void *); va_end(list);
    return locking(fd, command, what);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int done = real(which, now);
    if (done == 0 && which == CLOCK_REALTIME) now->tv_sec += clock_off;
    return done;
}
time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(int, "gettimeofday", struct timeval *, void *);
    int done = real(now, zone);
    if (done == 0) now->tv_sec += clock_off;
    return done;
}
