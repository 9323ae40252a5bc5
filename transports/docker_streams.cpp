#include "transports/docker_streams.hpp"
