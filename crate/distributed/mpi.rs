//! [`MpiTransport`]: messages by MPI, through the library `libddpm_mpi.so` (package `ddpm-mpi`, `crate/mpi/`), which is loaded
//! when it is needed.

use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};

use libloading::Library;

use super::{Launch, Transport};

/// The interface of the library that this program knows, `INTERFACE` in `crate/mpi/lib.rs`.
const INTERFACE: c_int = 1;

/// How to get MPI and this program's part for it.
const REMEDY: &str = "install MPI (Debian, Ubuntu: apt-get install openmpi-bin libopenmpi-dev libclang-dev; macOS: brew install \
     open-mpi llvm) and build with `cargo build --release --features mpi`";

/// A request of the library's.
type Request = *mut std::ffi::c_void;

/// The ranks, as the library has them.
#[repr(C)]
#[derive(Default)]
struct World {
    rank: c_int,
    size: c_int,
    local_rank: c_int,
    local_size: c_int,
}

/// The library's functions, described in `crate/mpi/lib.rs`.
struct Functions {
    open: unsafe extern "C" fn(*mut World) -> c_int,
    close: unsafe extern "C" fn(),
    send: unsafe extern "C" fn(*const u8, c_int, c_int, *mut Request) -> c_int,
    probe: unsafe extern "C" fn(c_int, *mut c_int) -> c_int,
    receive: unsafe extern "C" fn(*mut u8, c_int, c_int, *mut Request) -> c_int,
    test: unsafe extern "C" fn(Request) -> c_int,
    error: unsafe extern "C" fn(c_int, *mut c_char, c_int),
    host: unsafe extern "C" fn(*mut c_char, c_int),
    abort: unsafe extern "C" fn(),
}

/// The places where the library may be: beside the program, and where cargo leaves it.
fn places() -> Vec<PathBuf> {
    let name = format!(
        "{}ddpm_mpi{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let Some(folder) = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.to_owned()))
    else {
        return Vec::new();
    };
    vec![folder.join(&name), folder.join("deps").join(&name)]
}

/// Opens the library so that what it brings along is visible to MPI's own plug-ins, which look for it there.
#[cfg(unix)]
fn open_globally(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: the library was built with this program, and MPI's has no other effects when it is loaded.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open_globally(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: the library was built with this program, and MPI's has no other effects when it is loaded.
    unsafe { Library::new(path) }
}

/// The error if the library at `path` is of another version of the program, which `sign` shows.
fn of_another_version(path: &Path, sign: &str) -> String {
    format!(
        "{} is not of this program's version ({sign}): build both with `cargo build --release --features mpi`",
        path.display()
    )
}

/// Fails if `interface`, that of the library at `path`, is not this program's.
fn check_interface(path: &Path, interface: c_int) -> Result<(), String> {
    if interface == INTERFACE {
        return Ok(());
    }
    let sign = format!("interface {interface}, not {INTERFACE}");
    Err(of_another_version(path, &sign))
}

impl Functions {
    /// Loads the library.
    ///
    /// # Errors
    /// Says what is missing and how to get it.
    fn load(launch: Launch) -> Result<Self, String> {
        let places = places();
        let Some(path) = places.iter().find(|path| path.exists()) else {
            return Err(format!(
                "this is process {} of {} that were started together, and this program was built without MPI, by which they would \
                 work on one thing: {REMEDY}, or start it alone, without mpirun",
                launch.rank, launch.size
            ));
        };
        let library = open_globally(path).map_err(|error| {
            format!(
                "{} cannot be loaded: {error}; the MPI that it was built with must be there on this machine, too: {REMEDY}",
                path.display()
            )
        })?;
        // It stays loaded: MPI leaves functions behind that are called when the process ends.
        let library: &'static Library = Box::leak(Box::new(library));
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: the library's interface number was compared, and the types are those of its functions.
                *unsafe { library.get($name) }
                    .map_err(|error| of_another_version(path, &error.to_string()))?
            };
        }
        let interface: unsafe extern "C" fn() -> c_int = function!(b"ddpm_mpi_interface\0");
        // SAFETY: it returns a number and does nothing else.
        let interface = unsafe { interface() };
        check_interface(path, interface)?;
        Ok(Self {
            open: function!(b"ddpm_mpi_open\0"),
            close: function!(b"ddpm_mpi_close\0"),
            send: function!(b"ddpm_mpi_send\0"),
            probe: function!(b"ddpm_mpi_probe\0"),
            receive: function!(b"ddpm_mpi_receive\0"),
            test: function!(b"ddpm_mpi_test\0"),
            error: function!(b"ddpm_mpi_error\0"),
            host: function!(b"ddpm_mpi_host\0"),
            abort: function!(b"ddpm_mpi_abort\0"),
        })
    }

    /// The result of a function, or MPI's words if it is an error.
    fn check(&self, result: c_int) -> Result<c_int, String> {
        if result >= 0 {
            return Ok(result);
        }
        // SAFETY: the function writes no more than it is given.
        Err(text(|text, length| unsafe {
            (self.error)(result, text, length);
        }))
    }
}

/// The text that a function of the library writes.
fn text(write: impl Fn(*mut c_char, c_int)) -> String {
    let mut text = [0 as c_char; 512];
    write(text.as_mut_ptr(), text.len() as c_int);
    // SAFETY: the library ends each text with a 0.
    let text = unsafe { CStr::from_ptr(text.as_ptr()) };
    text.to_string_lossy().into_owned()
}

/// A message under way, with the memory that MPI reads or writes.
struct Message {
    request: Request,
    bytes: Vec<u8>,
}

impl Message {
    /// Forgets a message whose request has failed. Its memory is never freed, because MPI does not say whether it still reads or
    /// writes it.
    fn leave_to_mpi(self) {
        std::mem::forget(self.bytes);
    }
}

/// Messages by MPI. It belongs to the thread that has opened it.
pub struct MpiTransport {
    functions: Functions,
    world: World,
    /// The messages that are being sent, with their receivers.
    sending: Vec<(usize, Message)>,
    /// The message that is being received from each rank.
    receiving: Vec<Option<Message>>,
}

impl MpiTransport {
    /// Loads and starts MPI.
    ///
    /// # Errors
    /// Says what is missing and how to get it.
    pub fn open(launch: Launch) -> Result<Self, String> {
        let functions = Functions::load(launch)?;
        let mut world = World::default();
        // SAFETY: `world` is writable; this thread makes all calls.
        let opened = unsafe { (functions.open)(&raw mut world) };
        functions.check(opened)?;
        let size = world.size as usize;
        if size != launch.size {
            return Err(format!(
                "the launcher has started {} processes, and MPI knows of {size}: mpirun and the MPI that this program was built with \
                 are of different kinds, as OpenMPI and MPICH are; {REMEDY}",
                launch.size
            ));
        }
        Ok(Self {
            functions,
            sending: Vec::new(),
            receiving: (0..size).map(|_| None).collect(),
            world,
        })
    }

    /// Whether a request is done.
    fn test(functions: &Functions, request: Request) -> Result<bool, String> {
        // SAFETY: callers forget a request after it is done or has failed.
        let done = unsafe { (functions.test)(request) };
        functions.check(done).map(|done| done == 1)
    }
}

/// A message's length as MPI counts.
fn count(length: usize) -> Result<c_int, String> {
    c_int::try_from(length).map_err(|_| format!("{length} bytes are more than MPI sends at once"))
}

impl Transport for MpiTransport {
    fn rank(&self) -> usize {
        self.world.rank as usize
    }

    fn size(&self) -> usize {
        self.world.size as usize
    }

    fn local(&self) -> (usize, usize) {
        (
            self.world.local_rank as usize,
            self.world.local_size as usize,
        )
    }

    fn host(&self) -> String {
        // SAFETY: the function writes no more than it is given.
        text(|text, length| unsafe { (self.functions.host)(text, length) })
    }

    fn send(&mut self, to: usize, bytes: Vec<u8>) -> Result<(), String> {
        let mut request = std::ptr::null_mut();
        let length = count(bytes.len())?;
        // SAFETY: the bytes stay where they are, in `sending`, until the request is done.
        let begun =
            unsafe { (self.functions.send)(bytes.as_ptr(), length, to as c_int, &raw mut request) };
        self.functions.check(begun)?;
        self.sending.push((to, Message { request, bytes }));
        Ok(())
    }

    fn receive(&mut self, from: usize) -> Result<Option<Vec<u8>>, String> {
        let functions = &self.functions;
        if self.receiving[from].is_none() {
            let mut length = 0;
            // SAFETY: `length` is writable.
            let found = unsafe { (functions.probe)(from as c_int, &raw mut length) };
            if functions.check(found)? == 0 {
                return Ok(None);
            }
            let mut bytes = vec![0; length as usize];
            let mut request = std::ptr::null_mut();
            // SAFETY: the bytes stay where they are, in `receiving`, until the request is done.
            let begun = unsafe {
                (functions.receive)(bytes.as_mut_ptr(), length, from as c_int, &raw mut request)
            };
            functions.check(begun)?;
            self.receiving[from] = Some(Message { request, bytes });
        }
        let Some(message) = self.receiving[from].take() else {
            return Ok(None);
        };
        match Self::test(functions, message.request) {
            Ok(true) => Ok(Some(message.bytes)),
            Ok(false) => {
                self.receiving[from] = Some(message);
                Ok(None)
            }
            Err(error) => {
                message.leave_to_mpi();
                Err(error)
            }
        }
    }

    fn unsent(&mut self) -> Result<Vec<usize>, String> {
        let mut at = 0;
        while let Some((_, message)) = self.sending.get(at) {
            match Self::test(&self.functions, message.request) {
                Ok(true) => drop(self.sending.remove(at)),
                Ok(false) => at += 1,
                Err(error) => {
                    self.sending.remove(at).1.leave_to_mpi();
                    return Err(error);
                }
            }
        }
        Ok(self.sending.iter().map(|&(to, _)| to).collect())
    }

    fn abort(&mut self) -> ! {
        // SAFETY: MPI is open.
        unsafe { (self.functions.abort)() };
        std::process::exit(1)
    }
}

impl Drop for MpiTransport {
    fn drop(&mut self) {
        // SAFETY: MPI is open, and nothing uses it after this.
        unsafe { (self.functions.close)() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library that answers for each request with the request's own number, and fails with what is below 0.
    fn answering_by_number() -> Functions {
        unsafe extern "C" fn open(_: *mut World) -> c_int {
            0
        }
        unsafe extern "C" fn nothing() {}
        unsafe extern "C" fn send(_: *const u8, _: c_int, _: c_int, _: *mut Request) -> c_int {
            0
        }
        unsafe extern "C" fn probe(_: c_int, _: *mut c_int) -> c_int {
            0
        }
        unsafe extern "C" fn receive(_: *mut u8, _: c_int, _: c_int, _: *mut Request) -> c_int {
            0
        }
        unsafe extern "C" fn test(request: Request) -> c_int {
            request.addr() as isize as c_int
        }
        unsafe extern "C" fn error(result: c_int, text: *mut c_char, _: c_int) {
            let digit = b'0' as c_char - result as c_char;
            // SAFETY: the caller gives room for 512 bytes.
            unsafe {
                text.write(digit);
                text.add(1).write(0);
            }
        }
        unsafe extern "C" fn host(_: *mut c_char, _: c_int) {}
        Functions {
            open,
            close: nothing,
            send,
            probe,
            receive,
            test,
            error,
            host,
            abort: nothing,
        }
    }

    #[test]
    fn a_library_of_another_version_is_named() {
        let path = Path::new("deps/libddpm_mpi.so");
        assert_eq!(check_interface(path, INTERFACE), Ok(()));
        let error = check_interface(path, 2).unwrap_err();
        let expected =
            "libddpm_mpi.so is not of this program's version (interface 2, not 1): build both";
        assert!(error.contains(expected), "{error}");
    }

    /// An error with one message leaves the others, which MPI still reads, where they are.
    #[test]
    fn messages_under_way_are_kept_when_one_fails() {
        let message = |answer: isize, byte| Message {
            request: std::ptr::without_provenance_mut(answer as usize),
            bytes: vec![byte; 3],
        };
        let mut transport = MpiTransport {
            functions: answering_by_number(),
            world: World::default(),
            sending: vec![
                (1, message(0, 1)),
                (2, message(1, 2)),
                (3, message(-7, 3)),
                (4, message(0, 4)),
                (5, message(1, 5)),
            ],
            receiving: (0..6).map(|_| None).collect(),
        };
        assert_eq!(transport.unsent().unwrap_err(), "7");
        let kept: Vec<_> = transport
            .sending
            .iter()
            .map(|(to, message)| (*to, message.bytes[0]))
            .collect();
        assert_eq!(kept, [(1, 1), (4, 4), (5, 5)]);
        assert_eq!(transport.unsent().unwrap(), [1, 4]);
    }
}
