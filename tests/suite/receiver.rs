//! A real HTTP receiver on loopback that keeps what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

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

/// The address of a receiver whose certificate it signed itself, and the number of requests
/// that it was sent all the same.
pub(crate) fn untrusted() -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("PEM");
    let config =
        ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate");
    let config = Arc::new(config);
    let heard: Arc<Mutex<usize>> = Arc::default();
    let counted = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut reader = BufReader::new(StreamOwned::new(connection, stream));
            let mut line = String::new();
            if reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                *counted.lock().expect("the number") += 1;
            }
        }
    });
    (format!("https://{address}/"), heard)
}

/// A key that opens nothing, and what it signed for itself.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjOhY5gEh1cLfGR1I\n\
ZgBufABY1U/cxBu2k+YLTjI0bdehRANCAAR541vR4yxwQAFv/MBH+yNdp9TV6Xn6\n\
CMruhMdt7CUOO3j9nGW/PkcxsLU6ykPPcYUIY+wxVfTXQrOJwG26/UDF\n\
-----END PRIVATE KEY-----\n\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
MIIBkDCCATagAwIBAgIUEJ48kRtiXRaiZ1lK00oL4a8KwugwCgYIKoZIzj0EAwIw\n\
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyODEyMTUzMFoYDzIxMjYxMTA0\n\
MTIxNTMwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO\n\
PQMBBwNCAAR541vR4yxwQAFv/MBH+yNdp9TV6Xn6CMruhMdt7CUOO3j9nGW/Pkcx\n\
sLU6ykPPcYUIY+wxVfTXQrOJwG26/UDFo2QwYjAdBgNVHQ4EFgQU/uoBpNMyIxzx\n\
Z1YSBZmQNTmNaRUwHwYDVR0jBBgwFoAU/uoBpNMyIxzxZ1YSBZmQNTmNaRUwDwYD\n\
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC\n\
IH4j283rBLsZ1KyBa/puFyd3pIKgbxiCv1ejMWy0FDxqAiEA1mbSUrQP+r0Kjuki\n\
FhBed80LY8xf43fR4ucvgoWXkSU=\n\
-----END CERTIFICATE-----\n\n";
