// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { UtilityToken } from "../../src/auxiliary/UtilityToken.sol";
import { CoGatewayParameters, ICoGateway } from "../../src/interfaces/ICoGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { IUtilityToken } from "../../src/interfaces/IUtilityToken.sol";
import { MessageHash } from "../../src/libraries/MessageHash.sol";
import { Intent, Message, MessageStatus, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

/// @notice `CoGateway.redeem`, and the token whose supply only the co-gateway changes (R64, R70).
contract CoGatewayRedeemTest is Bridge {
    using MessageHash for Intent;
    using MessageHash for Message;

    function setUp() public {
        deployBridge();
        mintTo(sender, 2 * AMOUNT);
    }

    function test_refusesAnotherBounty() public {
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.WrongPayment.selector, BOUNTY - 1, BOUNTY));
        vm.prank(sender);
        coGateway.redeem{ value: BOUNTY - 1 }(transferAt(0), "");
    }

    function test_refusesTheGatewayAsBeneficiary() public {
        Transfer memory transfer = transferAt(0);
        transfer.beneficiary = address(gateway);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.InvalidBeneficiary.selector, address(gateway)));
        vm.prank(sender);
        coGateway.redeem{ value: BOUNTY }(transfer, "");
    }

    function test_refusesMoreThanTheSenderHas() public {
        Transfer memory transfer = transferAt(0);
        transfer.amount = 2 * AMOUNT + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, sender, 2 * AMOUNT, 2 * AMOUNT + 1)
        );
        vm.prank(sender);
        coGateway.redeem{ value: BOUNTY }(transfer, "");
    }

    function test_locksTokensAndBounty() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = coGateway.redeemHash(transfer);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.RedeemDeclared(messageHash, sender, sender, transfer);
        redeem(transfer);
        vm.assertEq(uint256(coGateway.outbox(messageHash)), uint256(MessageStatus.Declared));
        vm.assertEq(utility.balanceOf(address(coGateway)), AMOUNT);
        vm.assertEq(utility.balanceOf(sender), AMOUNT);
        vm.assertEq(utility.totalSupply(), gateway.locked());
        vm.assertEq(address(coGateway).balance, BOUNTY);
    }

    function test_aFacilitatorCarriesASignedMessage() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = coGateway.redeemHash(transfer);
        bytes memory signature = sign(messageHash);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.RedeemDeclared(messageHash, sender, FACILITATOR, transfer);
        vm.prank(FACILITATOR);
        coGateway.redeem{ value: BOUNTY }(transfer, signature);
        vm.assertEq(coGateway.bountyOwner(messageHash), FACILITATOR);
        vm.assertEq(utility.balanceOf(address(coGateway)), AMOUNT);
    }

    /// @dev Stakes and redemptions are counted apart: one open message per sender and direction (R66).
    function test_oneOpenMessagePerDirection() public {
        bytes32 messageHash = redeem(transferAt(0));
        stake(transferAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.MessageOpen.selector, messageHash, MessageStatus.Declared));
        vm.prank(sender);
        coGateway.redeem{ value: BOUNTY }(transferAt(1), "");
    }

    function test_progressBurnsAndPays() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        uint256 supply = utility.totalSupply();
        vm.expectEmit(address(coGateway));
        emit ICoGateway.RedeemProgressed(messageHash, sender, FACILITATOR, AMOUNT, false, SECRET);
        vm.prank(FACILITATOR);
        coGateway.progressRedeem(transfer, SECRET);
        vm.assertEq(utility.totalSupply(), supply - AMOUNT);
        vm.assertEq(utility.balanceOf(address(coGateway)), 0);
    }

    /// @dev R62: what the vectors hash is what the contracts hash.
    function test_aMessageIsTheTransferThePairAndTheDirection() public view {
        Transfer memory transfer = transferAt(7);
        Intent memory intent =
            Intent(AMOUNT, BENEFICIARY, ORIGIN_CHAIN, address(gateway), AUXILIARY_CHAIN, address(coGateway));
        Message memory message = Message(intent.redeemHash(), 7, GAS_PRICE, GAS_LIMIT, sender, transfer.hashLock);
        vm.assertEq(coGateway.redeemHash(transfer), message.hash());
        message.intentHash = intent.stakeHash();
        vm.assertEq(coGateway.stakeHash(transfer), message.hash());
    }

    /* TOKEN */

    /// @dev R70.
    function test_onlyTheCoGatewayChangesTheSupply() public {
        vm.expectRevert(abi.encodeWithSelector(IUtilityToken.NotCoGateway.selector, address(this)));
        utility.mint(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IUtilityToken.NotCoGateway.selector, address(this)));
        utility.burn(1);
    }

    function test_theTokenIsNamed() public {
        UtilityToken six = new UtilityToken("Six", "SIX", 6, address(coGateway));
        vm.assertEq(six.decimals(), 6);
        vm.assertEq(bytes(six.name()), bytes("Six"));
        vm.assertEq(bytes(six.symbol()), bytes("SIX"));
        vm.assertEq(six.coGateway(), address(coGateway));
        vm.expectRevert(abi.encodeWithSelector(IUtilityToken.ZeroParameter.selector));
        new UtilityToken("Six", "SIX", 6, address(0));
    }

    /* CONSTRUCTOR */

    function test_everyAddressIsNeeded() public {
        for (uint256 i; i < 4; ++i) {
            CoGatewayParameters memory parameters = coGatewayParameters();
            if (i == 0) parameters.coreId = bytes32(ORIGIN_CHAIN << 160);
            if (i == 1) parameters.originObserver = address(0);
            if (i == 2) parameters.gateway = address(0);
            if (i == 3) parameters.utilityToken = address(0);
            vm.expectRevert(abi.encodeWithSelector(IMessageBox.ZeroParameter.selector));
            new CoGateway(parameters);
        }
    }
}
