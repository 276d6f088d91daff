package redistest

import "syscall"

// dieWithParent lets a process end when the test is killed, which runs no Cleanup.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
