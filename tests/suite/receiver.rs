//! A real HTTP receiver on loopback that keeps what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Its first line.
    pub(crate) line: String,
    /// Its headers, in lower case.
    pub(crate) headers: String,
    /// Its body.
    pub(crate) body: String,
}

/// A receiver that answers every request with one status.
pub(crate) struct Receiver {
    address: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    /// Listens on a free port of loopback.
    pub(crate) fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = Arc::clone(&arrived);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = take(stream, status) {
                    kept.lock().expect("the list").push(request);
                }
            }
        });
        Self { address, arrived }
    }

    /// Where it listens, with a path that nobody should see.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/secret-path", self.address)
    }

    /// What has arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("the list").clone()
    }
}

fn take(stream: TcpStream, status: &str) -> Option<Arrived> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = String::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        headers.push_str(&header.to_lowercase());
    }
    let length = headers
        .lines()
        .find_map(|header| header.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:9/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    Some(Arrived {
        line: line.trim().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
