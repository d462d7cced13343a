/*
 * A program that does nothing, for work that is all the runner's.  With
 * TINY_BARE it is linked without a library and is two instructions and a system
 * call, so that nothing but exec and exit is paid for; where that is not known
 * for a machine it does not compile, and is linked statically instead.
 */
#ifndef TINY_BARE
int
main(void)
{
	return 0;
}
#elif defined(__x86_64__)
__asm__(".globl _start\n_start:\txorl %edi,%edi\n\tmovl $231,%eax\n\tsyscall");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\tmov x0,#0\n\tmov x8,#94\n\tsvc #0");
#else
#error "no _start for this machine"
#endif
