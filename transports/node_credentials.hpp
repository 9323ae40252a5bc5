#pragma once

#include "messages/http.hpp"

#include <caf/expected.hpp>

namespace dw {

/// Loads the certificate that we show to nodes or controllers, its key, and the
/// authorities that may sign theirs; blocks. All three must be given, for
/// without one of them CAF encrypts but trusts anybody. Fails with
/// `errc::invalid_argument` if a file cannot be read, the key is not that of
/// the certificate or has a passphrase, or a certificate is not valid now.
/// @returns names of copies in memory, which stay until the process ends: CAF
/// reads the files for each connection, and ends the process when one of them
/// is not good any more.
caf::expected<tls_files> load_node_credentials(const tls_files& files);

} // namespace dw
