//! Whether anything of a request left the machine.
//!
//! What never left is failed, whatever the reason was (no such host, a refused connection,
//! a certificate that is not trusted, a time-out on the way there), and may be tried again;
//! what perhaps arrived is unknown. Kinds of errors do not tell that apart, so it is noted
//! where the bytes pass: above TLS, once a first part of the request was taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The note.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(Arc<AtomicBool>);

impl Written {
    /// Whether anything left.
    pub(super) fn is_anything(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl<In: Transport> Connector<In> for Written {
    type Out = Noted<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Noted {
            inner,
            written: self.clone(),
        }))
    }
}

/// A connection on which it is noted that something was written.
#[derive(Debug)]
pub(super) struct Noted<In> {
    inner: In,
    written: Written,
}

impl<In: Transport> Transport for Noted<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let sent = self.inner.transmit_output(amount, timeout);
        // Less than a whole request is no request: what fails here was not taken.
        if sent.is_ok() {
            self.written.0.store(true, Ordering::SeqCst);
        }
        sent
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
