"""Names that a C function of ours must not take: keywords, libraries, what compilers keep for themselves.

Gathered from the headers of ISO C11 and POSIX as glibc and newlib declare them, with ``gcc -aux-info``. A
function that takes such a name does not compile, or replaces the library's in the whole firmware.
"""

from __future__ import annotations

import re

from ...data.input_error import InputError

__all__ = ["refuse_name"]

_LONGEST = 63

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_KEYWORDS = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t
    char32_t class co_await co_return co_yield compl concept const consteval constexpr constinit
    const_cast continue decltype default delete do double dynamic_cast else enum explicit export extern
    false final float for friend goto if inline int long mutable namespace new noexcept not not_eq
    nullptr operator or or_eq override private protected public register reinterpret_cast requires
    restrict return short signed sizeof static static_assert static_cast struct switch template this
    thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
    virtual void volatile wchar_t while xor xor_eq
"""

# Each also with f and l behind it.
_MATHEMATICS = """
    acos acosh asin asinh atan atan2 atanh cabs cacos cacosh carg casin casinh catan catanh cbrt ccos
    ccosh ceil cexp cimag clog clog10 conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh
    drem ecvt erf erfc exp exp10 exp2 expm1 fabs fcvt fdim finite floor fma fmax fmin fmod frexp gamma
    gcvt hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint
    lround modf nan nearbyint nextafter nexttoward pow pow10 remainder remquo rint round scalb scalbln
    scalbn significand sin sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn
"""

_FUNCTIONS = """
    a64l abort abs accept access alarm aligned_alloc alphasort arc4random arc4random_buf
    arc4random_uniform asctime asctime_r asiprintf asniprintf asnprintf asprintf at_quick_exit atexit atof
    atoff atoi atol atoll bcmp bcopy bind bsearch btowc bzero c16rtomb c32rtomb call_once calloc
    cfgetispeed cfgetospeed cfree cfsetispeed cfsetospeed chdir chmod chown clearerr clock
    clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime close closedir confstr
    connect creat ctermid ctime ctime_r difftime diprintf dirfd div dprintf drand48 dup dup2 duplocale
    ecvtbuf endhostent endnetent endprotoent endservent environ erand48 errno execl execle execlp execv
    execve execvp exit explicit_bzero faccessat fchdir fchmod fchmodat fchown fchownat fclose fcloseall
    fcntl fcvtbuf fdatasync fdopen fdopendir feclearexcept fegetenv fegetexceptflag fegetround
    feholdexcept feof feraiseexcept ferror fesetenv fesetexceptflag fesetround fetestexcept feupdateenv
    fexecve fflush ffs ffsl ffsll fgetc fgetpos fgets fgetwc fgetws fileno fiprintf fiscanf flockfile fls
    flsl flsll fmemopen fopen fopencookie fork fpathconf fprintf fpurge fputc fputs fputwc fputws fread
    free freeaddrinfo freelocale freopen fscanf fseek fseeko fsetpos fstat fstatat fsync ftell ftello
    ftruncate ftrylockfile funlockfile funopen futimens fwide fwprintf fwrite fwscanf gai_strerror gamma_r
    gammaf_r getaddrinfo getc getchar getcwd getdate getdelim getegid getenv geteuid getgid getgroups
    gethostbyaddr gethostbyname gethostent gethostid gethostname getitimer getline getlogin getlogin_r
    getnameinfo getnetbyaddr getnetbyname getnetent getopt getopt_long getopt_long_only getpeername
    getpgid getpgrp getpid getppid getprotobyname getprotobynumber getprotoent gets getservbyname
    getservbyport getservent getsid getsockname getsockopt getsubopt gettimeofday getuid getw getwc
    getwchar gmtime gmtime_r grantpt htonl htons imaxabs imaxdiv index initstate iprintf isalnum isalpha
    isascii isatty isblank iscanf iscntrl isdigit isgraph islower isprint ispunct isspace isupper iswalnum
    iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper
    iswxdigit isxdigit itoa jrand48 kill killpg l64a labs lchown lcong48 ldiv lgamma_r lgammaf_r link
    linkat listen llabs lldiv localeconv localtime localtime_r lockf longjmp lrand48 lseek lstat mallinfo
    malloc malloc_stats malloc_trim malloc_usable_size mallopt mblen mbrlen mbrtoc16 mbrtoc32 mbrtowc
    mbsinit mbsnrtowcs mbsrtowcs mbstowcs mbtowc memalign memccpy memchr memcmp memcpy memmem memmove
    mempcpy memrchr memset mkdir mkdirat mkdtemp mkfifo mkfifoat mknod mknodat mkostemp mkostemps mkstemp
    mkstemps mktemp mktime mrand48 mstats nanosleep newlocale nice nl_langinfo nrand48 ntohl ntohs on_exit
    open open_memstream open_wmemstream openat opendir optarg opterr optind optopt pathconf pause pclose
    perror pipe poll popen pread printf pselect psiginfo psignal ptsname putc putchar putenv puts putw
    putwc putwchar pvalloc pwrite qsort qsort_r quick_exit raise rand rand_r random rawmemchr read readdir
    readdir_r readlink readlinkat realloc reallocarray reallocf realpath recv recvfrom recvmsg remove
    rename renameat rewind rewinddir rindex rmdir rpmatch sbrk scandir scanf seed48 seekdir select send
    sendmsg sendto setbuf setbuffer setegid setenv seteuid setgid sethostent setitimer setjmp setlinebuf
    setlocale setnetent setpgid setpgrp setprotoent setregid setreuid setservent setsid setsockopt
    setstate setuid setvbuf shutdown sigaction sigaddset sigaltstack sigdelset sigemptyset sigfillset
    sighold sigignore siginterrupt sigismember siglongjmp signal sigpause sigpending sigprocmask sigqueue
    sigrelse sigset sigsuspend sigtimedwait sigwait sigwaitinfo siprintf siscanf sleep sniprintf snprintf
    sockatmark socket socketpair sprintf srand srand48 srandom sscanf stat stpcpy stpncpy strcasecmp
    strcasestr strcat strchr strchrnul strcmp strcoll strcpy strcspn strdup strerror strerror_r strftime
    strlcat strlcpy strlen strlwr strncasecmp strncat strncmp strncpy strndup strnlen strnstr strpbrk
    strptime strrchr strsep strsignal strspn strstr strtod strtof strtoimax strtok strtok_r strtol strtold
    strtoll strtoul strtoull strtoumax strupr strverscmp strxfrm suboptarg swab swprintf swscanf symlink
    symlinkat sync sysconf system tcdrain tcflow tcflush tcgetattr tcgetpgrp tcgetsid tcsendbreak
    tcsetattr tcsetpgrp telldir tempnam time timer_create timer_delete timer_getoverrun timer_gettime
    timer_settime times timespec_get timingsafe_bcmp timingsafe_memcmp tmpfile tmpnam toascii tolower
    toupper towctrans towlower towupper truncate ttyname ttyname_r tzset umask ungetc ungetwc unlink
    unlinkat unlockpt unsetenv uselocale utimensat utimes utoa valloc vasiprintf vasniprintf vasnprintf
    vasprintf vdiprintf vdprintf vfiprintf vfiscanf vfiwprintf vfiwscanf vfprintf vfscanf vfwprintf
    vfwscanf viprintf viscanf vprintf vscanf vsiprintf vsiscanf vsniprintf vsnprintf vsprintf vsscanf
    vswprintf vswscanf vwprintf vwscanf wait wcpcpy wcpncpy wcrtomb wcscasecmp wcscat wcschr wcscmp
    wcscoll wcscpy wcscspn wcsdup wcsftime wcslcat wcslcpy wcslen wcsncasecmp wcsncat wcsncmp wcsncpy
    wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof wcstoimax wcstok wcstol
    wcstold wcstoll wcstombs wcstoul wcstoull wcstoumax wcswcs wcswidth wcsxfrm wctob wctomb wctrans
    wctype wcwidth wmemchr wmemcmp wmemcpy wmemmove wmempcpy wmemset wprintf write wscanf
"""

_OTHERS = """
    BUFSIZ CMPLX CMPLXF CMPLXL EOF FILE FILENAME_MAX FOPEN_MAX HUGE_VAL HUGE_VALF HUGE_VALL I INFINITY
    MATH_ERREXCEPT MATH_ERRNO
    NAN NULL ONCE_FLAG_INIT TMP_MAX TSS_DTOR_ITERATIONS WEOF assert complex fpclassify imaginary
    isfinite isgreater isgreaterequal isless islessequal islessgreater isnormal isunordered
    kill_dependency math_errhandling noreturn offsetof signbit stderr stdin stdout unreachable va_arg
    va_copy va_end va_list va_start clock_t div_t double_t fenv_t fexcept_t float_t fpos_t imaxdiv_t
    jmp_buf ldiv_t lldiv_t max_align_t mbstate_t off_t once_flag pid_t ptrdiff_t sig_atomic_t size_t
    ssize_t time_t tm wctrans_t wctype_t wint_t main linux unix arm
"""
"""Macros and types of the library, what starts a program, and what compilers define in their gnu dialects."""

_LIBRARY = frozenset(
    [
        *_FUNCTIONS.split(),
        *_OTHERS.split(),
        *(name + end for name in _MATHEMATICS.split() for end in ("", "f", "l")),
    ]
)

_ARDUINO = """
    setup loop yield min max map bit word tone noTone delay delayMicroseconds millis micros constrain
    radians degrees sq lowByte highByte bitRead bitWrite bitSet bitClear interrupts noInterrupts pinMode
    digitalRead digitalWrite analogRead analogWrite pulseIn shiftIn shiftOut random randomSeed init
    boolean byte
"""

_PATTERNS = (
    (re.compile(r"_.*|.*__.*"), "belongs to the compiler: it begins with _ or holds __"),
    (re.compile(r"tussis_.*", re.IGNORECASE), "begins like the names of exported detectors"),
    (
        re.compile(r"(cnd|mtx|thrd|tss|atomic|pthread|sem|sched|posix|inet)_[a-z]\w*"),
        "is a name of the C library",
    ),
    (
        re.compile(r"u?int(_(fast|least))?\d+_t|u?int(max|ptr)_t|(char|wchar)\d*_t"),
        "is a type of the C library",
    ),
    (
        re.compile(
            r"E[0-9A-Z]+|SIG[A-Z0-9]+|(PRI|SCN)[diouxX](LEAST|FAST)?(\d+|MAX|PTR)|M_[0-9A-Z_]+"
            r"|(FE|LC|SIG|FP|TIME|ATOMIC|FLT|DBL|LDBL|DECIMAL|MB|L|CLOCKS|RAND|EXIT|SEEK)_\w+"
            r"|U?INT(_(FAST|LEAST))?(\d+|MAX|PTR)?_(MAX|MIN|C|WIDTH)"
            r"|((S|U)?(CHAR|SHRT|LONG|LLONG)|WCHAR|WINT|PTRDIFF|SIZE|SIG_ATOMIC)_(MAX|MIN|BIT|WIDTH)"
        ),
        "is kept for macros of the C library",
    ),
    (re.compile(r"(?=.*[A-Z])\w*_(features|FEATURES)"), "could be the number of features of another model"),
)


def refuse_name(name: str, option: str = "--name") -> None:
    """Refuse a name that a C function with external linkage must not have, in C or in C++.

    Parameters
    ----------
    name
        What the function is to be called.
    option
        Where the name comes from.

    Raises
    ------
    InputError
        Not an identifier, too long, or taken: a keyword of C or C++, a function, macro or type of the C
        library, a name that is kept for the compiler, one of Arduino's core, or of exported detectors.

    Examples
    --------
    >>> refuse_name("cough_margin")
    >>> refuse_name("memcpy")
    Traceback (most recent call last):
        ...
    tussis.data.input_error.InputError: --name: 'memcpy' is a name of the C library; use memcpy_margin
    """
    if not _IDENTIFIER.fullmatch(name):
        raise InputError(
            option,
            f"{name!r} is not a C identifier",
            remedy="use letters, digits and _, and a letter to begin with",
        )
    if len(name) > _LONGEST:
        raise InputError(
            option,
            f"a name of {len(name)} characters is too long for C",
            remedy=f"use at most {_LONGEST}",
        )
    if taken := _taken(name):
        free = f"{name}_margin"
        remedy = f"use {free}" if not _taken(free) else "use another name"
        raise InputError(option, f"{name!r} {taken}", remedy=remedy)


def _taken(name: str) -> str | None:
    """Say whose a name is; None for a free one."""
    for names, owner in (
        (_KEYWORDS.split(), "is a keyword of C or C++"),
        (_LIBRARY, "is a name of the C library"),
        (_ARDUINO.split(), "is a name of Arduino's core"),
    ):
        if name in names:
            return owner
    return next((owner for pattern, owner in _PATTERNS if pattern.fullmatch(name)), None)
