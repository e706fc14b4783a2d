//! The binary: hands the arguments to the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Reading a record is making millions of small pieces.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    annals::cli::main()
}
