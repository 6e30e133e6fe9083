use std::io;
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket};

/// Raises the loopback device of a fresh network namespace and puts the metadata service's address on it, by two
/// messages to the kernel (rtnetlink(7)): no program needs to be installed for it.
///
/// # Errors
/// When the kernel refuses, as it does without `CAP_NET_ADMIN` in the namespace.
pub(crate) fn raise_loopback() -> io::Result<()> {
    // struct ifinfomsg: family, padding, type, index, flags, which of them change.
    let mut up = vec![0, 0, 0, 0];
    up.extend(LOOPBACK.to_ne_bytes());
    up.extend(IFF_UP.to_ne_bytes());
    up.extend(IFF_UP.to_ne_bytes());
    ask(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &up)?;

    // struct ifaddrmsg: family, prefix length, flags, scope, index; then two attributes with the address.
    let mut address = vec![AF_INET, 32, 0, RT_SCOPE_HOST];
    address.extend(LOOPBACK.to_ne_bytes());
    for attribute in [IFA_LOCAL, IFA_ADDRESS] {
        address.extend(8_u16.to_ne_bytes());
        address.extend(attribute.to_ne_bytes());
        address.extend(METADATA);
    }
    ask(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, &address)
}

/// Address of the EC2 metadata service.
const METADATA: [u8; 4] = [169, 254, 169, 254];

/// The loopback device is the first of each namespace.
const LOOPBACK: u32 = 1;

// Numbers of the kernel's interface: linux/rtnetlink.h, linux/netlink.h, linux/if_addr.h, linux/if.h.
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_CREATE: u16 = 0x400;
const NLMSG_ERROR: u16 = 2;
const IFF_UP: u32 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const RT_SCOPE_HOST: u8 = 254;
const AF_INET: u8 = 2;

/// Size of struct nlmsghdr: length, type, flags, sequence, port.
const HEADER: usize = 16;

fn ask(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    let length = u32::try_from(HEADER + body.len()).map_err(io::Error::other)?;
    let mut message = Vec::from(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend_from_slice(body);
    sendto(socket.as_raw_fd(), &message, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;

    let mut answer = [0_u8; 1024];
    let received = recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    let answer = answer.get(..received).unwrap_or_default();
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    let error = answer.get(HEADER..HEADER + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    match (kind, error) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(error)) => Err(io::Error::from_raw_os_error(-error)),
        _ => Err(io::Error::other("the kernel's answer is none of rtnetlink")),
    }
}
