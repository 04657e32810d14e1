//! One thread that looks at the files of all tasks that have nothing to read.
//!
//! A look is one system call, a thread that wakes up for it costs twenty times as much: a thousand quiet tasks that
//! look once a second each take 3 % of a core, this thread looks at all their files for a tenth of that. It must
//! never wait for one of them: see [`is_local`].

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ferry_sdk::api::Waker;

use crate::tail::Tail;

/// How often each file is looked at, as often as a task of Connect's does it.
const LOOK: Duration = Duration::from_secs(1);

static WATCH: Mutex<Watch> = Mutex::new(Watch { watched: BTreeMap::new(), last: 0, looking: false });

struct Watch {
    watched: BTreeMap<u64, Quiet>,
    /// Number of the last entry.
    last: u64,
    /// The thread runs.
    looking: bool,
}

/// What a task has lent while it waits.
struct Quiet {
    tails: Vec<Tail>,
    waker: Waker,
}

fn lock() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files that are looked at for a task until it takes them back.
pub struct Watched(u64);

impl Watched {
    /// From now on `waker` is called while there is something new in one of `tails`. An error returns them: there is
    /// no thread to look at them.
    pub fn begin(tails: Vec<Tail>, waker: Waker) -> Result<Self, Vec<Tail>> {
        let mut watch = lock();
        if !watch.looking {
            let spawned = thread::Builder::new().name("file-watch".to_owned()).spawn(look);
            if spawned.is_err() {
                return Err(tails);
            }
            watch.looking = true;
        }
        watch.last += 1;
        let number = watch.last;
        watch.watched.insert(number, Quiet { tails, waker });
        Ok(Self(number))
    }

    /// Gives the files back.
    pub fn end(self) -> Vec<Tail> {
        lock().watched.remove(&self.0).map(|quiet| quiet.tails).unwrap_or_default()
    }
}

/// Looks as long as there is somebody to look for.
fn look() {
    loop {
        thread::sleep(LOOK);
        let mut watch = lock();
        if watch.watched.is_empty() {
            watch.looking = false;
            return;
        }
        let wakers: Vec<Waker> = watch
            .watched
            .values_mut()
            .filter_map(|quiet| quiet.tails.iter_mut().any(Tail::more).then(|| quiet.waker.clone()))
            .collect();
        // Whoever wakes up takes its files back first.
        drop(watch);
        wakers.iter().for_each(Waker::wake);
    }
}

/// File systems of this machine, as `statfs` numbers them: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs, ramfs
/// and overlays.
const LOCAL: [i128; 9] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0x2fc1_2fc1,
    0xca45_1a4e,
    0x0102_1994,
    0x8584_58f6,
    0x794c_7630,
];

/// Whether looking at `file` returns at once whatever happens: the server of a network file system, or the program
/// behind a FUSE, may hang, and then only the task that reads the file may hang with it.
pub fn is_local(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| LOCAL.contains(&i128::from(system.f_type)))
}
