//! MPI behind a few C functions, compiled into a shared library of its own, `libddpm_mpi.so`.
//!
//! The command line loads this library when `mpirun` has started it (`crate/distributed/mpi.rs`) and is never linked to MPI.
//! So one program runs with and without MPI, and where MPI is missing it can say how to get it; a program that is linked to
//! `libmpi.so` does not even start there. rsmpi compiles against the MPI that it finds, because OpenMPI and MPICH have
//! different ABIs; what is left of that here is bytes, ranks and numbers.
//!
//! All functions must be called on one thread, the one that has called [`ddpm_mpi_open`]. None of them waits for another
//! process but `ddpm_mpi_open` and `ddpm_mpi_close`. A result below 0 is [`STARTED_BEFORE`] or −1 minus MPI's error code
//! ([`ddpm_mpi_error`] has the words of both).

#![warn(missing_docs)]

use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;

use mpi::Threading;
use mpi::environment::Universe;
use mpi::ffi;
use mpi::traits::{AsRaw, Communicator};

/// The number of this interface; the program refuses a library with another one.
pub const INTERFACE: c_int = 1;

/// The result of [`ddpm_mpi_open`] if MPI was started in this process before. It cannot be one of MPI's errors, whose codes are
/// above 0.
pub const STARTED_BEFORE: c_int = -1;

/// The tag of all messages: their order between two ranks is kept by MPI, and what they are stands in the messages.
const TAG: c_int = 0;

/// This process among all that `mpirun` has started.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub struct World {
    /// Its number, from 0.
    pub rank: c_int,
    /// How many there are.
    pub size: c_int,
    /// Its number among those of the same machine, from 0.
    pub local_rank: c_int,
    /// How many of them are on the same machine.
    pub local_size: c_int,
}

/// A message that is being sent or received.
pub struct Request {
    request: ffi::MPI_Request,
}

thread_local! {
    /// MPI, from [`ddpm_mpi_open`] to [`ddpm_mpi_close`].
    static UNIVERSE: RefCell<Option<Universe>> = const { RefCell::new(None) };
}

/// The number of this interface.
#[unsafe(no_mangle)]
pub extern "C" fn ddpm_mpi_interface() -> c_int {
    INTERFACE
}

/// The result of a function for MPI's error code.
fn result(code: c_int) -> c_int {
    if code == ffi::MPI_SUCCESS as c_int {
        0
    } else {
        -1 - code
    }
}

/// Starts MPI and fills in `world`. Errors come back from then on; by default MPI ends the process.
///
/// # Safety
/// `world` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_open(world: *mut World) -> c_int {
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
        return STARTED_BEFORE;
    };
    let comm = universe.world();
    // SAFETY: the communicator and the error handler are MPI's own constants.
    let code = unsafe { ffi::MPI_Comm_set_errhandler(comm.as_raw(), ffi::RSMPI_ERRORS_RETURN) };
    let local = comm.split_shared(comm.rank());
    let found = World {
        rank: comm.rank(),
        size: comm.size(),
        local_rank: local.rank(),
        local_size: local.size(),
    };
    // SAFETY: by this function's contract.
    unsafe { world.write(found) };
    UNIVERSE.set(Some(universe));
    result(code)
}

/// Ends MPI; it waits until every rank does so.
#[unsafe(no_mangle)]
pub extern "C" fn ddpm_mpi_close() {
    drop(UNIVERSE.take());
}

/// The communicator of all ranks.
fn world() -> ffi::MPI_Comm {
    // SAFETY: a constant of MPI's.
    unsafe { ffi::RSMPI_COMM_WORLD }
}

/// Puts a request that MPI has begun at `request`.
///
/// # Safety
/// `request` must be writable.
unsafe fn begun(
    code: c_int,
    raw: MaybeUninit<ffi::MPI_Request>,
    request: *mut *mut Request,
) -> c_int {
    if code == ffi::MPI_SUCCESS as c_int {
        // SAFETY: MPI has written the request, and `request` is writable by this function's contract.
        unsafe {
            *request = Box::into_raw(Box::new(Request {
                request: raw.assume_init(),
            }))
        };
    }
    result(code)
}

/// Starts to send `len` bytes to rank `to`.
///
/// # Safety
/// The bytes must stay as they are until [`ddpm_mpi_test`] says that the request is done; `request` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_send(
    bytes: *const u8,
    len: c_int,
    to: c_int,
    request: *mut *mut Request,
) -> c_int {
    let mut raw = MaybeUninit::uninit();
    // SAFETY: the bytes are readable by this function's contract.
    let code = unsafe {
        ffi::MPI_Isend(
            bytes.cast(),
            len,
            ffi::RSMPI_UINT8_T,
            to,
            TAG,
            world(),
            raw.as_mut_ptr(),
        )
    };
    // SAFETY: by this function's contract.
    unsafe { begun(code, raw, request) }
}

/// Whether a message of rank `from` is there (1) or not (0), and its number of bytes.
///
/// # Safety
/// `len` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_probe(from: c_int, len: *mut c_int) -> c_int {
    let (mut found, mut status) = (0, MaybeUninit::uninit());
    // SAFETY: both are written by MPI.
    let code = unsafe { ffi::MPI_Iprobe(from, TAG, world(), &mut found, status.as_mut_ptr()) };
    if code != ffi::MPI_SUCCESS as c_int || found == 0 {
        return result(code);
    }
    // SAFETY: the probe has found a message, so its status is there; `len` is writable by this function's contract.
    let code = unsafe { ffi::MPI_Get_count(status.as_ptr(), ffi::RSMPI_UINT8_T, len) };
    if code == ffi::MPI_SUCCESS as c_int {
        1
    } else {
        result(code)
    }
}

/// Starts to receive the message of rank `from` that [`ddpm_mpi_probe`] has found, of `len` bytes.
///
/// # Safety
/// The bytes must be writable until [`ddpm_mpi_test`] says that the request is done; `request` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_receive(
    bytes: *mut u8,
    len: c_int,
    from: c_int,
    request: *mut *mut Request,
) -> c_int {
    let mut raw = MaybeUninit::uninit();
    // SAFETY: the bytes are writable by this function's contract.
    let code = unsafe {
        ffi::MPI_Irecv(
            bytes.cast(),
            len,
            ffi::RSMPI_UINT8_T,
            from,
            TAG,
            world(),
            raw.as_mut_ptr(),
        )
    };
    // SAFETY: by this function's contract.
    unsafe { begun(code, raw, request) }
}

/// Whether a request is done (1) or not (0). It is gone after that, and after an error.
///
/// # Safety
/// `request` must come from [`ddpm_mpi_send`] or [`ddpm_mpi_receive`] and not be gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_test(request: *mut Request) -> c_int {
    let mut done = 0;
    // SAFETY: the request is there by this function's contract.
    let code =
        unsafe { ffi::MPI_Test(&mut (*request).request, &mut done, ffi::RSMPI_STATUS_IGNORE) };
    if code != ffi::MPI_SUCCESS as c_int || done != 0 {
        // SAFETY: it was made by `begun`, and the caller does not use it any more.
        drop(unsafe { Box::from_raw(request) });
    }
    if code == ffi::MPI_SUCCESS as c_int {
        done
    } else {
        result(code)
    }
}

/// Writes the machine's name as MPI knows it to `text`, at most `len` bytes with the 0 at the end.
///
/// # Safety
/// `text` must have room for `len` bytes, one at least.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_host(text: *mut c_char, len: c_int) {
    let name = mpi::environment::processor_name().unwrap_or_default();
    // SAFETY: by this function's contract.
    unsafe { copy(name.as_bytes(), text, len) };
}

/// Copies as many bytes as there is room for, and a 0.
///
/// # Safety
/// `text` must have room for `len` bytes, one at least.
unsafe fn copy(bytes: &[u8], text: *mut c_char, len: c_int) {
    let count = bytes.len().min(len as usize - 1);
    // SAFETY: by this function's contract.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), text, count);
        text.add(count).write(0);
    }
}

/// Writes what a result below 0 means, in MPI's words where it is MPI's error, to `text`, at most `len` bytes with the 0 at the end.
///
/// # Safety
/// `text` must have room for `len` bytes, one at least.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ddpm_mpi_error(result: c_int, text: *mut c_char, len: c_int) {
    if result == STARTED_BEFORE {
        let words = b"MPI was started in this process before, and can be started only once";
        // SAFETY: by this function's contract.
        unsafe { copy(words, text, len) };
        return;
    }
    let mut words = [0u8; ffi::MPI_MAX_ERROR_STRING as usize + 1];
    let mut count = 0;
    // SAFETY: MPI writes no more than MPI_MAX_ERROR_STRING.
    unsafe { ffi::MPI_Error_string(-1 - result, words.as_mut_ptr().cast(), &mut count) };
    // SAFETY: by this function's contract.
    unsafe { copy(&words[..count.max(0) as usize], text, len) };
}

/// Ends all processes that `mpirun` has started.
#[unsafe(no_mangle)]
pub extern "C" fn ddpm_mpi_abort() {
    // SAFETY: a constant of MPI's; the call does not return where MPI can end the processes.
    unsafe { ffi::MPI_Abort(world(), 1) };
}
