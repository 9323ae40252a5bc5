#include "transports/docker_cli_config.hpp"
