//! Waiting for a future on a task's own thread.

/// Runs `future` to its end on this thread.
///
/// Without the feature `tokio` this is a plain executor: enough for futures that need no runtime.
/// With it, the future runs on a tokio runtime that the plugin has for itself, started on first use;
/// tasks spawned there go on between calls. The host's own runtime is never seen by plugins.
#[cfg(not(feature = "tokio"))]
pub fn block_on<F: Future>(future: F) -> F::Output {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::Thread;

    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

/// Runs `future` to its end on this thread.
///
/// The future runs on a tokio runtime that the plugin has for itself, started on first use; tasks
/// spawned there go on between calls. The host's own runtime is never seen by plugins.
#[cfg(feature = "tokio")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    use std::sync::OnceLock;
    use tokio::runtime::{Builder, Runtime};

    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("plugin-io")
            .enable_all()
            .build()
            .expect("the operating system has threads and file descriptors left")
    });
    runtime.block_on(future)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    #[test]
    fn waits_until_woken() {
        let mut polls = 0;
        let answer = super::block_on(poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready("done");
            }
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake());
            Poll::Pending
        }));
        assert_eq!((answer, polls), ("done", 3));
    }
}
