/*
 * A program that does nothing, for work that is all the runner's: linked
 * statically and without a library, it costs the kernel one page or two and two
 * system calls, exec and exit.  Where no _start is known for the machine, it is
 * a main() and linked with the library.
 */
#if defined(TINY_BARE) && defined(__x86_64__)
__asm__(".globl _start\n_start:\txorl %edi,%edi\n\tmovl $231,%eax\n\tsyscall");
#elif defined(TINY_BARE) && defined(__aarch64__)
__asm__(".globl _start\n_start:\tmov x0,#0\n\tmov x8,#94\n\tsvc #0");
#else
int
main(void)
{
	return 0;
}
#endif
