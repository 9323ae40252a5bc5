#pragma once

namespace dw {

/// Keeps what is in this process's memory, secrets among it, off disks and from
/// other processes of the same user: it writes no core, nor does the kernel
/// pass one to a program, and only root may read its memory or environment.
/// Programs that it starts are themselves again, but write no core either.
void keep_memory_private() noexcept;

} // namespace dw
